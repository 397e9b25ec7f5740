/** The environment as node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the names of all our variables start with. */
export const PREFIX = 'GACHETTE_'

/** The environment variable of a dotted key: `GACHETTE_PORT`, `GACHETTE_PROJECTS__MY_SHOP__URL` of `projects.my-shop.url`. */
export function variableOf(dotted: string): string {
  const [, section, named] = /^([^.]*)\.(.*)$/.exec(dotted) ?? []
  if (section === undefined || named === undefined) return PREFIX + upper(dotted)
  const [, name, last] = /^(.*)\.([^.]*)$/.exec(section === 'projects' ? named : '') ?? [undefined, named]
  return PREFIX + [section, name ?? '', ...(last === undefined ? [] : [last])].map(upper).join('__')
}

/** Variables that look like settings, sorted; empty ones count as absent, as CI systems leave them for "not set". */
export const settingVariables = (env: Environment): readonly (readonly [string, string])[] =>
  Object.entries(env)
    .filter((entry): entry is [string, string] => entry[0].startsWith(PREFIX) && Boolean(entry[1]))
    .sort(([a], [b]) => (a < b ? -1 : 1))

/** Whether a variable holds what must not be written anywhere. */
export const isSecretVariable = (name: string): boolean =>
  name === `${PREFIX}PASSWORD` || name === `${PREFIX}SUDO_PASSWORD` || name.startsWith(`${PREFIX}SECRETS__`)

const upper = (word: string): string => word.toUpperCase().replace(/[^A-Z0-9_<>]/g, '_')
