export { ALERTING_ERRORS } from "./errors.ts";
export type { Alert, AlertSink, AlertState } from "./rules/alert.ts";
export { AlertingRule, type RestoredState } from "./rules/alerting-rule.ts";
export { type GroupOptions, type Rule, type RuleAppender, RuleGroup } from "./rules/group.ts";
export { RecordingRule } from "./rules/recording-rule.ts";
export type { RuleEnvironment } from "./rules/rule.ts";
export {
  type CheckExpression,
  type ReadRulesOptions,
  type RuleDefinition,
  type RuleFile,
  type RuleFileProblem,
  type RuleGroupDefinition,
  readRuleFile,
  requireRuleFile,
} from "./rules/rule-file.ts";
export { expandTemplate } from "./template/execute.ts";
