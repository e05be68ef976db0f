"""What the incidents of all pairs come to on a day."""
