/** The environment as node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the names of all our variables start with. */
export const PREFIX = 'GACHETTE_'

/** The environment variable of a dotted key: `GACHETTE_PORT`, `GACHETTE_PROJECTS__SHOP__URL`. */
export const variableOf = (dotted: string): string =>
  PREFIX +
  dotted
    .toUpperCase()
    .replaceAll('.', '__')
    .replace(/[^A-Z0-9_<>]/g, '_')

/** Variables that look like settings, sorted; empty ones count as absent, as CI systems leave them for "not set". */
export const settingVariables = (env: Environment): readonly (readonly [string, string])[] =>
  Object.entries(env)
    .filter((entry): entry is [string, string] => entry[0].startsWith(PREFIX) && Boolean(entry[1]))
    .sort(([a], [b]) => (a < b ? -1 : 1))

/** Whether a variable holds what must not be written anywhere. */
export const isSecretVariable = (name: string): boolean =>
  name === `${PREFIX}PASSWORD` || name.startsWith(`${PREFIX}SECRETS__`)
