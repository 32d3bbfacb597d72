"""An article becomes statements, who speaks in them, the parties they name, and who positions whom."""
