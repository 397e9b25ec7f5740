import { printable } from '../../shell/index.ts'
import { parseGeneration } from '../manifest.ts'
import type { Store } from '../store.ts'
import { verbLine } from '../where.ts'
import type { Problem } from './problem.ts'
import type { Survey, SurveyedGeneration } from './survey.ts'

/** Whether the links of a domain lead to generations of this store, and these hold what their manifests say. */
export function layoutProblems(
  { entries, odd, generations, records }: Survey,
  { store, typed }: { readonly store: Store; readonly typed: string },
): readonly Problem[] {
  const stacksOf = (generation: string) =>
    entries.flatMap((each) => (each.type === 'stack' && each.generation === generation ? [each.name] : []))
  const isFrozen = (stack: string) => records.has(`.gachette/frozen/${store.domain}/${stack}.json`)
  const folder = `domain/${store.domain}/stacks`
  const links = entries.flatMap((each): Problem[] =>
    each.type === 'foreign'
      ? [
          {
            file: `${folder}/${each.name}`,
            what: `leads to ${each.target || 'nowhere'}, which is no generation of this store`,
            hint: `what it was stands in  ${store.meta}/.gachette/log/${store.domain}/${each.name}.jsonl`,
            stacks: [each.name],
          },
        ]
      : [],
  )
  const names = odd.map((name): Problem => ({ file: `${folder}/${name}`, what: 'is no name of a stack' }))
  const manifests = [...generations].flatMap(([generation, surveyed]) =>
    generationProblems(store, generation, surveyed).map((each) => ({
      ...each,
      stacks: stacksOf(generation),
    })),
  )
  return [
    ...names,
    ...links,
    ...manifests,
    ...writtenThrough(generations, stacksOf, { store, typed, isFrozen }),
  ]
}

function generationProblems(
  store: Store,
  generation: string,
  surveyed: SurveyedGeneration,
): readonly Problem[] {
  const file = `.gachette/gen/${store.domain}/${generation}/.manifest.json`
  const { digest, stands, badLines } = surveyed
  const [bad] = badLines
  if (bad !== undefined)
    return [
      {
        file,
        what:
          bad === 0
            ? 'is cut: its last line is missing'
            : `was changed: its line ${bad} is no package, or out of order`,
      },
    ]
  const head = headOf(surveyed.head)
  if (head === undefined)
    return [{ file, what: `was changed: it begins with ${printable(surveyed.head.slice(0, 60))}` }]
  const problems: Problem[] = []
  if (head.generation !== generation)
    problems.push({ file, what: `is the manifest of generation ${head.generation}` })
  if (head.digest !== digest)
    problems.push({
      file,
      what: `was changed: its digest is ${head.digest}, and its packages make ${digest}`,
    })
  if (stands !== digest)
    problems.push({
      file: file.replace('.manifest.json', '.digest'),
      what: `was changed: it is ${printable(stands)}, and the packages make ${digest}`,
      hint: `where the manifest is right:  echo ${digest} > ${store.meta}/${file.replace('.manifest.json', '.digest')}`,
    })
  return problems
}

function headOf(line: string) {
  try {
    return parseGeneration(line)
  } catch {
    return undefined
  }
}

/** What an old tool wrote through a link is in all stacks that share the folder: one problem for all of them. */
function writtenThrough(
  generations: Survey['generations'],
  stacksOf: (generation: string) => readonly string[],
  where: { readonly store: Store; readonly typed: string; readonly isFrozen: (stack: string) => boolean },
): readonly Problem[] {
  const shared = new Map<string, { name: string; found: string; wanted: string; stacks: string[] }>()
  for (const [generation, { pins }] of generations)
    for (const pin of pins) {
      const key = `${pin.name}\t${pin.found}\t${pin.wanted}`
      const entry = shared.get(key) ?? { ...pin, stacks: [] }
      entry.stacks.push(...stacksOf(generation))
      shared.set(key, entry)
    }
  return [...shared.values()].map(({ name, found, wanted, stacks }) => {
    stacks.sort()
    // A frozen stack takes nothing.
    const first = stacks.find((each) => !where.isFrozen(each)) ?? stacks[0] ?? ''
    const others = stacks.filter((each) => each !== first)
    const has = found === '' ? 'has no version' : `is ${printable(found)}`
    const was = wanted === '' ? 'it is not in the manifest' : `the manifest has ${wanted}`
    const also = others.length === 0 ? '' : `; ${others.join(', ')} share${others.length === 1 ? 's' : ''} it`
    return {
      file: `domain/${where.store.domain}/stacks/${first}/packages/${name}/version`,
      what: `${has}, and ${was}: an old tool wrote through the link${also}`,
      hint: adoptHint(first, others.length > 0, where),
      stacks,
      package: name,
    }
  })
}

function adoptHint(
  stack: string,
  isShared: boolean,
  where: { readonly store: Store; readonly typed: string; readonly isFrozen: (stack: string) => boolean },
): string {
  const restore = `${verbLine(where, 'adopt', stack, '--restore')}  restores what the manifests say`
  if (where.isFrozen(stack)) return restore
  return `${verbLine(where, 'adopt', stack)}  takes it into ${stack}${isShared ? ', and restores the others' : ''}\n${restore}`
}
