"""A picture file -> its ink -> one digit -> 28x28 pixels, framed as MNIST frames its digits."""
