import { BASE_SERVICE, BASE_SHELL } from './variables.ts'

/** What both base templates do before the block: settings, folder, locale. */
const PREPARE = `if [ -n "\${CONFIG:-}" ]; then
    . "$CONFIG"
fi
`
const ENTER = `cd {{ app_code|shquote }} || exit 1

if [ -n "\${LOCALE:-}" ]; then
    export LANG="$LOCALE" LANGUAGE="$LOCALE" LC_ALL="$LOCALE"
fi

{% block command_body %}{% endblock %}
`

/** A program of its own: loads its settings, goes to the code, sets the locale, then does what the block says. */
const baseShell = `#!/bin/bash
# The program {{ name }}: CONFIG names the file with the settings to run with.

${PREPARE}if [ -f /etc/trebuchet/local_override ]; then
    . /etc/trebuchet/local_override
fi

${ENTER}`

/** An upstart job, one instance for each CONFIG, started by its controller. */
const baseService = `# {{ package }}: one instance for each file of settings.
description "{{ full_name }}"

instance $CONFIG
export CONFIG

stop on stopping {{ upstart_worker }}_controller

respawn
respawn limit 10 5

{% for key, value in env_var.items() -%}
env SERVICE_{{ key|upper }}="{{ value }}"
export SERVICE_{{ key|upper }}
{% endfor %}
script
${PREPARE}
${ENTER}end script
`

/** The upstart job that starts an instance for each file of settings, unless the service is switched off. */
export const CONTROLLER = 'upstart/controller.conf'
const controller = `# Starts {{ upstart_worker }} once for each /etc/trebuchet/*.conf,
# unless /etc/trebuchet/disabled/{{ package }} exists.
description "{{ full_name }} controller"

start on runlevel [2345]{% for each in dependencies + [package] %} or dh-{{ each|replace('_', '-') }}-installed{% endfor %}

stop on runlevel [!2345]{% for each in dependencies + [package] %} or dh-{{ each|replace('_', '-') }}-removed{% endfor %}


pre-start script
    if [ -e /etc/trebuchet/disabled/{{ package }} ]; then
        stop
        exit 0
    fi
    for config in /etc/trebuchet/*.conf; do
        [ -e "$config" ] || continue
        start {{ upstart_worker }} CONFIG="$config" || true
    done
end script
`

/** The builder's own templates; a project's file of the same name does not hide them. */
export const BASES: ReadonlyMap<string, string> = new Map([
  [BASE_SHELL, baseShell],
  [BASE_SERVICE, baseService],
  [CONTROLLER, controller],
])
