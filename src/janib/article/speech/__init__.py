"""How Arabic reports speech: words, verb forms, noun phrases and the frames that name a speaker."""
