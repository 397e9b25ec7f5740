/** What a statement of ours begins with: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const STATEMENT = 'https://in-toto.io/Statement/v1'

/** What it says: https://slsa.dev/spec/v1.0/provenance */
export const SLSA = 'https://slsa.dev/provenance/v1'

/** How to read its parameters: docs/stacks.md, "Where it comes from". Another number where a key changes its meaning. */
export const BUILD_TYPE = 'urn:gachette:build:v1'

/** A builder, with its name behind it. */
export const BUILDER = 'urn:gachette:builder:'
