"""Moderation of a month: which audits are drawn, what shows that the draw was fair, who moderates them (S5, S6)."""
