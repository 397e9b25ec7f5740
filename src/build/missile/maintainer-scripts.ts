import type { DebianScripts } from './configuration.ts'

/** A control file of a package besides `control`. */
export interface Member {
  readonly name: string
  readonly text: string
  readonly mode: number
}

/** What a package does besides the user's lines. */
export type Duty =
  | { readonly kind: 'none' }
  /** Starts and stops a service, where systemd runs. */
  | { readonly kind: 'systemd'; readonly controller: string }
  /** Tells upstart, where it runs, that a package came or goes. */
  | { readonly kind: 'upstart'; readonly package: string }

/** Control files the builder makes; an extra file of that name is not used. */
export const OURS: readonly string[] = ['control', 'md5sums', 'preinst', 'postinst', 'prerm']

/** What Python compiled at run time is not dpkg's: it would keep the folders from going. */
export const withoutCompiled = (path: string): string =>
  `find ${path} -name __pycache__ -type d -prune -exec rm -rf '{}' + || true\n`

/** The maintainer scripts of a package, `prerm` beginning with ours if it is given: the user's lines verbatim and in order, and our own around them. */
export function maintainerScripts(scripts: DebianScripts, duty: Duty, prerm = ''): readonly Member[] {
  const member = (name: string, text: string): readonly Member[] =>
    text === '' ? [] : [{ name, text: `#!/bin/sh\n${text}`, mode: 0o755 }]
  if (duty.kind === 'none')
    return [
      ...member('preinst', verbatim(scripts.preinst)),
      ...member('postinst', verbatim(scripts.postinst)),
      ...member('prerm', prerm + verbatim(scripts.prerm)),
    ]
  if (duty.kind === 'upstart')
    return [
      ...member('preinst', emit(duty.package, 'removed') + verbatim(scripts.preinst)),
      ...member('postinst', inOrder(scripts.postinst, emit(duty.package, 'installed'))),
      ...member('prerm', prerm + emit(duty.package, 'removed') + verbatim(scripts.prerm)),
    ]
  return [
    ...member('preinst', verbatim(scripts.preinst)),
    ...member('postinst', triggered(duty.controller) + inOrder(scripts.postinst, started(duty.controller))),
    ...member('prerm', stopped(duty.controller) + verbatim(scripts.prerm)),
    ...member('postrm', 'if [ -d /run/systemd/system ]; then\n    systemctl daemon-reload || true\nfi\n'),
    // Settings that come or go with other packages make or end instances.
    { name: 'triggers', text: 'interest-noawait /etc/trebuchet\n', mode: 0o644 },
  ]
}

const verbatim = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** The user's lines first, whatever they do (they may exit, or `set -e`, which counts nothing in front of `||`); then ours, unless theirs failed. */
const inOrder = (lines: readonly string[], ours: string): string =>
  lines.length === 0
    ? ours
    : `user_lines() (\n:\n${verbatim(lines)})\nuser_lines "$@"\nstatus=$?\n[ $status -eq 0 ] || exit $status\n\n${ours}`

/** policy-rc.d is how an image or a chroot says that nothing shall start (invoke-rc.d(8)). */
const allowed = (controller: string, action: string): string =>
  `{ [ ! -x /usr/sbin/policy-rc.d ] || /usr/sbin/policy-rc.d ${controller} ${action}; }`

const started = (controller: string): string => `if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
    if ${allowed(controller, 'restart')}; then
        systemctl restart ${controller} || echo "${controller} did not start" >&2
    fi
fi
`

const triggered = (controller: string): string => `if [ "$1" = triggered ]; then
    if [ -d /run/systemd/system ] && ${allowed(controller, 'start')}; then
        systemctl reload-or-restart ${controller} || true
    fi
    exit 0
fi
`

const stopped = (controller: string): string => `if [ -d /run/systemd/system ] && [ "$1" = remove ]; then
    systemctl stop ${controller} || true
fi
`

const emit = (
  name: string,
  event: string,
): string => `if command -v initctl >/dev/null && initctl version >/dev/null 2>&1; then
    initctl emit --no-wait ${name}-${event} || true
fi
`
