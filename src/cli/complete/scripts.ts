/** The shells there is completion for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/**
 * What a shell is to read so that Tab completes `gachette`: `source <(gachette completion bash)`. All of it is asked of
 * the program itself (`__complete WORD…`), which answers lines `value TAB summary`, or `:files`.
 */
export const completionScript = (shell: Shell): string => SCRIPTS[shell]

// bash breaks words behind `:` and `=`, and before `@`; they are put together again, and an answer stands for what is
// behind the last break.
const BASH = `# gachette completion: source <(gachette completion bash)
_gachette() {
  local line=\${COMP_LINE:0:COMP_POINT} at=0 index word cur words=() answer value
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    ((index == COMP_CWORD)) && word=\${word:0:COMP_POINT - at}
    while [[ $at -lt \${#line} && \${line:at:1} == [[:space:]] ]]; do ((at++)); cur=new; done
    ((index == COMP_CWORD)) && word=\${line:at}
    if [[ $index -eq 0 || $cur == new ]]; then words+=("$word"); else words[\${#words[@]}-1]+=$word; fi
    ((at += \${#word}))
    cur=
  done
  [[ $line == *[[:space:]] && -n \${words[\${#words[@]}-1]} ]] && words+=('')
  cur=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  local cut=\${cur%"\${cur##*[:=]}"}
  value=\${cur#"$cut"}
  [[ $value == *@* ]] && cut+=\${value%@*}
  while IFS= read -r answer; do
    if [[ $answer == :files ]]; then
      value=\${cur#"$cut"}
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$value")
      return
    fi
    value=\${answer%%$'\\t'*}
    [[ $value == *[:=,/@] ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${value#"$cut"}")
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
}
complete -F _gachette gachette
`

const ZSH = `#compdef gachette
# gachette completion: source <(gachette completion zsh), after compinit
_gachette() {
  local -a values shown open openshown
  local answer value summary
  while IFS= read -r answer; do
    if [[ $answer == :files ]]; then
      compset -P '*[:=]'
      _files
      return
    fi
    value=\${answer%%$'\\t'*}
    summary=\${answer#*$'\\t'}
    if [[ $value == *[:=,/@] ]]; then
      open+=("$value")
      openshown+=("\${value}\${summary:+  -- $summary}")
    else
      values+=("$value")
      shown+=("\${value}\${summary:+  -- $summary}")
    fi
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  ((\${#values})) && compadd -l -d shown -a values
  ((\${#open})) && compadd -S '' -l -d openshown -a open
  return 0
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _gachette "$@"; else compdef _gachette gachette; fi
`

const FISH = `# gachette completion: gachette completion fish | source
function __gachette_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for answer in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        if test "$answer" = :files
            __fish_complete_path $current
        else
            printf '%s\\n' $answer
        end
    end
end
complete -c gachette -f -a '(__gachette_complete)'
`

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
