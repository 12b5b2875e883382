"""The pages: each reads like the sentence a visitor would say."""
