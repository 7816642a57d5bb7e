@testable import ContainerWatch

/// An inspect fragment and what one rule beyond the base ones says about it.
struct RuleExample: Sendable {
    let rule: String
    let fragment: String
    /// `severity` or `severity [resource]`, in the order of the report.
    let expected: [String]

    init(_ rule: String, _ fragment: String, _ expected: String...) {
        self.init(rule: rule, fragment: fragment, expected: expected)
    }

    init(rule: String, fragment: String, expected: [String]) {
        self.rule = rule
        self.fragment = fragment
        self.expected = expected
    }
}
