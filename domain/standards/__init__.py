"""What others have laid down: dates in EDTF, the PLOVER types of events, texts in Unicode."""
