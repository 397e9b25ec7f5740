import { TaskError } from '../shell/index.ts'
import type { Builder, ProjectSnapshot } from './builder.ts'
import { missileBuilder } from './missile-builder.ts'
import { type TrebuchetOptions, trebuchetBuilder } from './trebuchet.ts'

/** Which builder the settings ask for. */
export type BuilderChoice = 'auto' | 'trebuchet' | 'missile'

/** What decides which builder is taken. */
export interface ChooseRequest {
  readonly choice: BuilderChoice
  readonly project: string
  /** What the build machine is called. */
  readonly host: string
  /** In a dry run nobody knows what the machine has, and nothing is refused. */
  readonly dryRun?: boolean
  readonly trebuchet: TrebuchetOptions
}

/** The builder to take, and why, in words for the run's log: `builder missile: web1 has no trebuchet`. */
export interface ChosenBuilder {
  readonly builder: Builder
  readonly why: string
}

/** `auto` takes trebuchet where the machine has it, else the built-in builder. Throws a TaskError for one that is not there. */
export function chooseBuilder(request: ChooseRequest, snapshot: ProjectSnapshot): ChosenBuilder {
  const { choice, project, host, trebuchet } = request
  const bin = trebuchet.bin.join(' ')
  const chosen = (builder: Builder, because: string): ChosenBuilder => ({
    builder,
    why: `builder ${builder.name}: ${because}`,
  })
  if (choice === 'missile') return chosen(missileBuilder, 'it was asked for')
  if (choice === 'auto' && request.dryRun) return chosen(missileBuilder, `assumed that ${host} has no ${bin}`)
  if (choice === 'auto')
    return snapshot.hasTrebuchet
      ? chosen(trebuchetBuilder(trebuchet), `${host} has ${bin}`)
      : chosen(missileBuilder, `${host} has no ${bin}`)
  if (!snapshot.hasTrebuchet && !request.dryRun)
    throw new TaskError(`${host}: ${bin} is not installed, and builder: trebuchet asks for it`, {
      hint: `install it there, or set  projects.${project}.builder: missile`,
    })
  return chosen(trebuchetBuilder(trebuchet), 'it was asked for')
}
