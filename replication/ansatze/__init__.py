"""Angles to energy: the circuits, their parameter order, units and symmetries."""
