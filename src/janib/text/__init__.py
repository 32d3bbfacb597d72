"""Text cleaning: functions of str to str. :mod:`janib.text.cleaning` knows them all by name."""
