"""How Arabic names parties: forms of names, clitics, offices composed with states, and short forms that follow."""
