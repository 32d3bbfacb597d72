"""A large language model behind an endpoint that speaks OpenAI's chat protocol."""
