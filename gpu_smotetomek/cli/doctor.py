"""`gpu-smotetomek doctor`: what is installed, what works, and how to repair the rest."""

from gpu_smotetomek.cli.exit_codes import exit_on_error
from gpu_smotetomek.cli.interrupts import exit_when_interrupted
from gpu_smotetomek.cli.options import Debug, Json


def doctor(as_json: Json = False, debug: Debug = False) -> None:
    """Report what is installed, what works, and what to repair.

    \b
    Example:
      gpu-smotetomek doctor
    """
    with exit_on_error(debug):
        with exit_when_interrupted():
            from gpu_smotetomek.cli.health import print_health  # loads the libraries

        print_health(as_json=as_json)
