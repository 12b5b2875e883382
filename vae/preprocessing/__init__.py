"""A picture file -> its ink -> one digit -> 28x28 as MNIST has it."""
