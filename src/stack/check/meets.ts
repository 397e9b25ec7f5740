import { meansVersion, type Relation } from '../../deb/index.ts'
import type { Member, Offer, Offers } from './member.ts'

/** Who asks, and who is there to answer. */
export interface Asked {
  readonly by: Member
  readonly offers: Offers
  /** The architecture of the hosts: that of packages that are for `all`. */
  readonly native: string
}

/** A member that answers to a name, and what that is, for people: `lib 1.9 is pinned`. */
export interface Offered {
  readonly by: Member
  readonly text: string
}

/** Whether a member meets what another one depends on, by dpkg's rules. */
export const isMet = (relation: Relation, asked: Asked): boolean =>
  offersFor(relation, asked).some(
    (offer) => hasVersion(relation, offer) && hasArchitecture(relation, offer, asked),
  )

/** The members that answer to the name, though they may not be what is asked for, and why not. */
export const offered = (relation: Relation, asked: Asked): readonly Offered[] =>
  offersFor(relation, asked).map((offer) => ({ by: offer.by, text: whatItIs(relation, offer, asked) }))

/** The members that are what another one conflicts with; itself it never is. */
export const struck = (relation: Relation, asked: Asked): readonly Offered[] =>
  offersFor(relation, asked)
    .filter((offer) => offer.by !== asked.by && hasVersion(relation, offer))
    .filter(({ by }) => [undefined, 'any', architectureOf(by, asked)].includes(relation.architecture))
    .map((offer) => ({ by: offer.by, text: whatItIs(relation, offer, asked) }))

const offersFor = ({ name }: Relation, { offers }: Asked): readonly Offer[] => offers.get(name) ?? []

/** What is provided without a version meets only those that ask for none. */
const hasVersion = (relation: Relation, { version }: Offer): boolean =>
  version === undefined ? relation.operator === undefined : meansVersion(relation, version)

function hasArchitecture(relation: Relation, offer: Offer, asked: Asked): boolean {
  const theirs = offer.architecture ?? architectureOf(offer.by, asked)
  if (relation.architecture === 'any') return offer.by.multiArch === 'allowed'
  if (relation.architecture !== undefined) return relation.architecture === theirs
  return offer.by.multiArch === 'foreign' || theirs === architectureOf(asked.by, asked)
}

const architectureOf = ({ architecture }: Member, { native }: Asked): string =>
  architecture === 'all' ? native : architecture

function whatItIs(relation: Relation, offer: Offer, asked: Asked): string {
  const { by, isItself, version } = offer
  const it = `${by.name} ${by.version}`
  if (!isItself) return `${it} provides ${whatOf(relation, version)}`
  if (!hasVersion(relation, offer) || hasArchitecture(relation, offer, asked)) return `${it} is pinned`
  if (relation.architecture === 'any') return `${it} is pinned, which is not Multi-Arch: allowed`
  return `${it} is pinned for ${by.architecture}`
}

function whatOf({ name, operator }: Relation, version: string | undefined): string {
  if (version !== undefined) return `${name} (= ${version})`
  return operator === undefined ? name : `${name} without a version`
}
