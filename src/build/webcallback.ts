import { setTimeout as pause } from 'node:timers/promises'
import { printable, UsageError } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'

/** What became of a webcallback; a failure undoes nothing, and is reported. */
export type WebcallbackOutcome =
  | { readonly type: 'delivered'; readonly status: number; readonly attempts: number }
  | { readonly type: 'refused'; readonly status: number; readonly attempts: number }
  | { readonly type: 'unreachable'; readonly reason: string; readonly attempts: number }
  | { readonly type: 'cancelled'; readonly attempts: number }
  | { readonly type: 'invalid'; readonly reason: string; readonly attempts: 0 }

export interface WebcallbackOptions {
  /** Aborting ends the attempt that runs, and makes no further one. */
  readonly signal?: AbortSignal
  /** For one attempt; 10 s unless given. */
  readonly timeoutMs?: number
  /** 3 unless given. */
  readonly attempts?: number
  /** Before the second attempt, doubled before each further one; 500 ms unless given. */
  readonly pauseMs?: number
}

/**
 * For a task that takes `webcallback`: the url is read at once, so that a wrong one is refused before anything is touched.
 * The function POSTs what came of the task; a failure is a warning and undoes nothing. Without a url it does nothing.
 */
export function webcallback(
  url: string | undefined,
): (remote: Pick<Remote, 'dryRun' | 'log' | 'signal' | 'warn'>, body: unknown) => Promise<void> {
  const target = url === undefined || url === '' ? undefined : parseWebcallback(url)
  return async ({ dryRun, log, signal, warn }, body) => {
    if (target === undefined) return
    if (dryRun) return log(`would call back ${target.origin}${target.pathname}`)
    const warning = webcallbackWarning(target, await postWebcallback(target, body, { signal }))
    if (warning !== undefined) warn(warning)
  }
}

/** Reads the url of a webcallback: http or https, nothing else. Throws a UsageError. */
export function parseWebcallback(text: string): URL {
  const url = webUrl(text)
  if (url === undefined)
    throw new UsageError(`${printable(text)} is no webcallback: it must be an http or https url`)
  return url
}

/**
 * POSTs `body` as JSON. An answer of 2xx is delivered; 408, 425, 429, 5xx and a network failure are tried again; other
 * answers, redirects among them, are refusals. Never throws.
 */
export async function postWebcallback(
  url: URL | string,
  body: unknown,
  options: WebcallbackOptions = {},
): Promise<WebcallbackOutcome> {
  const target = webUrl(url)
  if (target === undefined) return { type: 'invalid', reason: 'it is no http or https url', attempts: 0 }
  const { signal, timeoutMs = 10_000, attempts: most = 3, pauseMs = 500 } = options
  let last: WebcallbackOutcome = { type: 'cancelled', attempts: 0 }
  for (let attempts = 1; attempts <= most; attempts++) {
    if (signal?.aborted) return { type: 'cancelled', attempts: attempts - 1 }
    last = await post(target, body, timeoutMs, attempts, signal)
    if (last.type === 'delivered' || last.type === 'cancelled' || !isWorthAnother(last)) return last
    if (attempts < most) await paused(pauseMs * 2 ** (attempts - 1), signal)
  }
  return last
}

/** One line for the person at the screen, without what the url's user and query hold; undefined when it was delivered. */
export function webcallbackWarning(url: URL | string, outcome: WebcallbackOutcome): string | undefined {
  if (outcome.type === 'delivered') return undefined
  const target = webUrl(url)
  const where = target === undefined ? 'the webcallback' : `webcallback ${target.origin}${target.pathname}`
  return `${where} ${failureOf(outcome)}; what was built or pinned stays`
}

function failureOf(outcome: Exclude<WebcallbackOutcome, { type: 'delivered' }>): string {
  switch (outcome.type) {
    case 'refused':
      return `answered ${outcome.status}`
    case 'unreachable':
      return `could not be reached (${outcome.reason})`
    case 'cancelled':
      return 'was not called, the run was cancelled'
    case 'invalid':
      return `was not called, ${outcome.reason}`
  }
}

function webUrl(text: URL | string): URL | undefined {
  const url = typeof text !== 'string' ? text : URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && ['http:', 'https:'].includes(url.protocol) ? url : undefined
}

async function post(
  url: URL,
  body: unknown,
  timeoutMs: number,
  attempts: number,
  signal?: AbortSignal,
): Promise<WebcallbackOutcome> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const { headers, target } = withoutCredentials(url)
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'gachette', ...headers },
      body: JSON.stringify(body) ?? 'null',
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    await response.body?.cancel().catch(() => undefined)
    return { type: response.ok ? 'delivered' : 'refused', status: response.status, attempts }
  } catch (error) {
    if (signal?.aborted) return { type: 'cancelled', attempts }
    const reason = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error)
    return { type: 'unreachable', reason, attempts }
  }
}

/** fetch refuses urls with a user in them: they travel as a header. */
function withoutCredentials(url: URL): { target: URL; headers: Readonly<Record<string, string>> } {
  const target = new URL(url)
  if (url.username === '' && url.password === '') return { target, headers: {} }
  target.username = ''
  target.password = ''
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { target, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}

const isWorthAnother = (outcome: WebcallbackOutcome): boolean =>
  outcome.type === 'unreachable' ||
  (outcome.type === 'refused' && (outcome.status >= 500 || [408, 425, 429].includes(outcome.status)))

const paused = (ms: number, signal?: AbortSignal): Promise<unknown> =>
  pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)

/** fetch hides what went wrong in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error)
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return error.message
}
