/** How a task is written on the command line. */
export const TASK_WORDS = `Tasks:
  gachette TASK ARGUMENT... [--parameter VALUE]    one task; its parameters win over the options above
  gachette TASK:ARGUMENT,...,parameter=VALUE ...   several tasks in order; \\, is a comma that does not separate
  gachette -- COMMAND                              no task: one word is a line for the remote shell,
                                                   several words are a program and its arguments, taken literally
  gachette -l                                      lists the tasks
  gachette help TASK                               its parameters, their defaults and where those come from
  gachette runs                                    the last runs; log, attach, cancel RUN: look at one, go on, end it
  gachette init                                    writes a .gachetterc and a first task to start from`

/** Command lines to learn from. */
export const EXAMPLES = `Examples:
  gachette -H web1,web2 -- uptime
  gachette -R web --parallel restart nginx
  gachette quick 0.0.1 shop --ref fix-option
  gachette stack_create:0.0.2,from_stack=0.0.1 quick:0.0.2,shop
  gachette --dry-run quick 0.0.1 shop`
