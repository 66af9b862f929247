"""What the datasets in `transformations/` share: the contract, its rules, types, star."""
