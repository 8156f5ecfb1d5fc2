"""Modifiers say which place of a picture a light shows; one file each."""
