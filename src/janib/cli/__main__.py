"""``python -m janib.cli``: the command ``janib``."""

from janib.cli.app import main

if __name__ == "__main__":
    main()
