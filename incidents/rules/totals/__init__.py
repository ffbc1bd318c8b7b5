"""Totals of victims and of perpetrators over any selection of what is published; nobody is counted twice."""
