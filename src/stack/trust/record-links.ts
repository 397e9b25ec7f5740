import { pick } from './names.ts'
import { signaturesBeside } from './packed.ts'
import type { Problem } from './problem.ts'
import type { Survey } from './survey.ts'

/** Signatures without a record: what they signed was taken away. */
export function lone({ records }: Survey): readonly Problem[] {
  const folders = new Set([...records.keys()].flatMap((file) => /^(.*)\.sigs\//.exec(file)?.[1] ?? []))
  return [...folders]
    .filter((path) => !records.has(`${path}.json`) && signaturesBeside(records, `${path}.json`).length > 0)
    .map((path) => ({ file: `${path}.json`, what: 'is gone, and signatures of it are there' }))
}

/** Links to the names of stacks: `latest` leads to the highest that is frozen, any other is a channel's. */
export async function aliasProblems(
  survey: Survey,
  { domain, frozen }: { readonly domain: string; readonly frozen: readonly string[] },
): Promise<readonly Problem[]> {
  const known = new Set(
    [...survey.records.keys()].flatMap(
      (file) => /^\.gachette\/channels\/[^/]+\/([^/]+)\//.exec(file)?.[1] ?? [],
    ),
  )
  const problems: Problem[] = []
  for (const entry of survey.entries) {
    if (entry.type !== 'alias') continue
    const file = `domain/${domain}/stacks/${entry.name}`
    if (entry.name !== 'latest') {
      if (!known.has(entry.name))
        problems.push({ file, what: `leads to ${entry.target}, and no channel's pointer does` })
      continue
    }
    const highest = await pick({ type: 'range', range: '*' }, frozen).catch(() => undefined)
    if (survey.isWhole && highest !== undefined && highest !== entry.target)
      problems.push({ file, what: `leads to ${entry.target}, and the highest frozen stack is ${highest}` })
  }
  return problems
}
