"""Taking personal data out of customers' words, and pseudonyms in place of identifiers.

The patterns err on the side of masking. A token such as [email] stands where something was; tokens reach
neither vectors nor labels.
"""

from tasks.masking.pseudonyms import pseudonymise
from tasks.masking.texts import mask_text, mask_texts

__all__ = ["mask_text", "mask_texts", "pseudonymise"]
