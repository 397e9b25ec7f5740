import type { Service } from './configuration.ts'
import { str } from './python/index.ts'
import { absolute } from './variables.ts'

/** A file of a package whose text is ready. */
export interface TextFile {
  /** In the package, without the leading `/`. */
  readonly path: string
  readonly text: string
  readonly isExecutable: boolean
}

const FOLDER = 'usr/lib/systemd/system'

/** The two units of a service, and what starts it at boot. */
export interface Units {
  readonly files: readonly TextFile[]
  /** The controller, as systemctl knows it. */
  readonly controller: string
  readonly link: { readonly path: string; readonly target: string }
}

/**
 * systemd units for a service: `dh_X.service` starts one `dh_X@CONF.service` for each /etc/trebuchet/CONF.conf, unless
 * /etc/trebuchet/disabled/X exists. The link in /usr/lib enables it without any script, in a chroot as well; that
 * file is the switch.
 */
export function units(service: Service): Units {
  // systemd knows no `+` in a unit's name.
  const job = `dh_${service.fullName.replaceAll('+', '_')}`
  const controller = `${job}.service`
  const file = (name: string, text: string): TextFile => ({
    path: `${FOLDER}/${name}`,
    text,
    isExecutable: false,
  })
  return {
    controller,
    files: [
      file(controller, controllerUnit(service, job)),
      file(`${job}@.service`, instanceUnit(service, job)),
    ],
    link: { path: `${FOLDER}/multi-user.target.wants/${controller}`, target: `../${controller}` },
  }
}

const controllerUnit = ({ fullName }: Service, job: string): string => `[Unit]
Description=${fullName}: one instance for each /etc/trebuchet/*.conf
ConditionPathExists=!/etc/trebuchet/disabled/${specifiers(fullName)}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '${startAll(job)}'
ExecReload=/bin/sh -c '${startAll(job)}; ${stopGone(job)}'

[Install]
WantedBy=multi-user.target
`

const instanceUnit = ({ fullName, binary, variables }: Service, job: string): string => `[Unit]
Description=${fullName} with /etc/trebuchet/%I.conf
PartOf=${job}.service
ConditionPathExists=/etc/trebuchet/%I.conf
ConditionPathExists=!/etc/trebuchet/disabled/${specifiers(fullName)}
After=network-online.target

[Service]
Environment="CONFIG=/etc/trebuchet/%I.conf"
${variables
  .entries()
  .map(([key, value]) => `Environment=${quoted(`SERVICE_${str(key).toUpperCase()}=${str(value)}`)}\n`)
  .join('')}ExecStart=${quoted(absolute(binary))}
Restart=always
RestartSec=2
`

/** Shell text inside the single quotes of an ExecStart: `$$` is a dollar, `%%` a percent sign. */
const startAll = (job: string): string =>
  `for conf in /etc/trebuchet/*.conf; do [ -e "$$conf" ] || continue; name=$\${conf##*/}; \
systemctl start --no-block "${job}@$$(systemd-escape -- "$\${name%%%%.conf}").service"; done`

const stopGone = (job: string): string =>
  `systemctl list-units --plain --no-legend --full --all "${job}@*.service" | while read -r unit rest; do \
name=$$(systemd-escape --unescape --instance -- "$$unit"); [ -e "/etc/trebuchet/$$name.conf" ] || systemctl stop --no-block "$$unit"; done`

/** A word of a unit file, in double quotes where it needs them (systemd.syntax(7)). */
function quoted(word: string): string {
  const safe = specifiers(word)
  if (/^[A-Za-z0-9_@%+:,./=-]+$/.test(safe)) return safe
  return `"${safe.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}"`
}

const specifiers = (text: string): string => text.replaceAll('%', '%%')
