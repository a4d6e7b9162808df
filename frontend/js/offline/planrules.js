// What a plan says has to hold between the figures of a return.

export function checkPlanRules() {
  return [];
}
