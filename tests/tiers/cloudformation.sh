#!/usr/bin/env bash
# The template as other tools judge it: cfn-lint's rules, SAM's transform, checkov's advice on safety.
# What does not fit is left out by name and reason in .checkov.yaml.
#
#     tests/tiers/cloudformation.sh
source "$(dirname "$0")/stage.bash"

export AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0
cfn-lint template.yaml
ok "cfn-lint finds nothing"
sam validate --lint >"$work/sam.log" 2>&1
ok "SAM transforms it"
# --skip-download: what is checked is what the pinned version knows.
checkov --config-file .checkov.yaml --file template.yaml --compact --quiet --skip-download >"$work/checkov.log" 2>&1 \
  || { cat "$work/checkov.log" >&2; exit 1; }
ok "checkov finds nothing beside the named exceptions"
# A hole is found: the same template with a wildcard in a policy.
sed 's/Action: lambda:InvokeFunction/Action: "*"/; s/Resource: !GetAtt SchedulerFunction.Arn/Resource: "*"/' template.yaml >"$work/open.yaml"
grep -q 'Action: "\*"' "$work/open.yaml"
if checkov --config-file .checkov.yaml --file "$work/open.yaml" --compact --quiet --skip-download >"$work/open.log" 2>&1; then
  echo "FAILED  checkov passes a template whose role may do anything" >&2
  exit 1
fi
grep -q "AWS::IAM::Role.ScheduleRole" "$work/open.log"
ok "checkov finds a role that may do anything"
finished
