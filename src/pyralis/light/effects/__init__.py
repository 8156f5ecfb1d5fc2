"""Effects: one small file each, found by the catalogue, imported when first used."""
