"""The JSON API of WLED, as far as phone apps and home automation need it; imported when it is first asked."""
