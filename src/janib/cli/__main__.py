"""``python -m janib.cli``: the command ``janib``."""

from janib.cli.commands import main

if __name__ == "__main__":
    main()
