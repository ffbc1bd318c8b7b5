"""From claims to estimates, and how the figures of many incidents add up: plain values in, plain values out."""
