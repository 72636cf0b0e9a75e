"""float64 rounded once to float16 and bfloat16: the nearest number of the format, ties to even, in any library."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.array_libraries import host, torch
from support.optional import optional

from gpu_smotetomek.arrays import narrow_floats
from gpu_smotetomek.arrays.narrow_floats import FORMAT_OF_BFLOAT16, FORMAT_OF_FLOAT16, round_to_format

FORMATS = [FORMAT_OF_BFLOAT16, FORMAT_OF_FLOAT16]


def nearest(value: float, form: narrow_floats.FloatFormat) -> float:
    """The multiple of the unit in the last place that is nearest to a value, of two such multiples the even one."""
    exponent = max(int(np.frexp(value)[1]) - 1, form.min_exponent)
    unit = Fraction(2) ** (exponent - form.significand_bits)
    return float(round(Fraction(value) / unit) * unit)  # Fraction rounds ties to even


def middles(form: narrow_floats.FloatFormat) -> np.ndarray:
    """Middles of two numbers of the format, and values on either side of them that float32 takes for the middle."""
    units = np.arange(1, 2 ** (form.significand_bits + 2))[:, None] + 0.5
    near = np.array([0, 2.0**-30, -(2.0**-30), 2.0**-40])
    return np.concatenate(
        [np.ldexp(units + near, e).ravel() for e in (-8, 0, form.min_exponent - form.significand_bits)]
    )


@pytest.mark.parametrize("form", FORMATS)
def test_middles_of_two_numbers(form):
    values = middles(form)
    expected = np.array([nearest(value, form) for value in values])
    np.testing.assert_array_equal(round_to_format(values, form), expected)
    np.testing.assert_array_equal(round_to_format(-values, form), -expected)


@pytest.mark.parametrize("form", FORMATS)
def test_torch_has_the_same_bits_and_the_cast_after_it_is_exact(form):
    library = optional("torch")
    dtype = library.bfloat16 if form is FORMAT_OF_BFLOAT16 else library.float16
    values = middles(form)
    expected = round_to_format(values, form)
    rounded = round_to_format(torch(values), form)
    np.testing.assert_array_equal(host(rounded), expected)
    np.testing.assert_array_equal(host(rounded.to(dtype).to(library.float64)), expected)
    twice = torch(values).to(dtype).to(library.float64)
    assert (host(twice) != expected).any(), "the cast alone rounds twice"


def test_float16_is_that_of_numpy():
    values = middles(FORMAT_OF_FLOAT16)
    np.testing.assert_array_equal(round_to_format(values, FORMAT_OF_FLOAT16), values.astype(np.float16).astype(float))


@given(value=st.floats(allow_nan=False, allow_infinity=False, min_value=-1e38, max_value=1e38))
def test_any_value(value):
    rounded = round_to_format(np.array([value]), FORMAT_OF_BFLOAT16)
    expected = nearest(value, FORMAT_OF_BFLOAT16)
    assert rounded.tolist() == [expected]
    assert np.signbit(rounded[0]) == np.signbit(value)


def test_on_cupy(cupy):
    values = middles(FORMAT_OF_BFLOAT16)
    found = round_to_format(cupy.asarray(values), FORMAT_OF_BFLOAT16)
    np.testing.assert_array_equal(found.get(), round_to_format(values, FORMAT_OF_BFLOAT16))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_formats_are_those_of_numpy(dtype):
    form, info = narrow_floats.float_format(np.dtype(dtype)), np.finfo(dtype)
    assert form.unit_roundoff == info.eps / 2
    if dtype != np.longdouble:
        assert 2.0 ** (form.exponent_of_half_subnormal + 1) == info.smallest_subnormal


def test_bfloat16_differs_from_float32_by_its_metadata():
    assert narrow_floats.is_bfloat16(narrow_floats.BFLOAT16)
    assert not narrow_floats.is_bfloat16(np.dtype(np.float32))
    assert narrow_floats.float_format(narrow_floats.BFLOAT16) == FORMAT_OF_BFLOAT16
    assert optional("torch").finfo(optional("torch").bfloat16).eps / 2 == FORMAT_OF_BFLOAT16.unit_roundoff
