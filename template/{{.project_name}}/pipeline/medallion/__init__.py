"""What the datasets in `transformations/` share: contract, rules, types, star."""
