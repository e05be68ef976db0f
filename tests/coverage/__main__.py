"""Tell what the tests ran through, from the folder that is named; end with status 1 where it is too little."""

import sys
from pathlib import Path

from tests.coverage.report import main

if __name__ == "__main__":
    main(Path(sys.argv[1]))
