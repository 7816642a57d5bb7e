import ArgumentParser
import ContainerWatch

/// Which rules count: the same words for `audit` and `monitor`.
struct RuleOptions: ParsableArguments {
    @Option(help: "default, seed (the base rules only), cis, pss-baseline, pss-restricted or full.")
    var profile = Profile.standard

    @Option(help: ArgumentHelp("Check only this rule, whatever the profile; may be repeated.", valueName: "rule"))
    var rule: [String] = []

    @Option(help: ArgumentHelp("Leave this rule out; may be repeated.", valueName: "rule"))
    var skipRule: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave this rule out, for containers of this name only; * and ? stand for any text and any character.",
            valueName: "rule[=container]"
        )
    )
    var ignore: [String] = []

    @Option(help: "Leave out what is less severe: critical, high, medium or low.")
    var minSeverity = Severity.low

    /// A rule that does not exist is a wrong call.
    func validate() throws {
        do throws(UnknownRule) {
            _ = try self.checkedSelection()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    var selection: RuleSelection {
        get throws { try self.checkedSelection() }
    }

    private func checkedSelection() throws(UnknownRule) -> RuleSelection {
        var selection = RuleSelection()
        selection.profile = self.profile
        selection.minimum = self.minSeverity
        for id in self.rule { selection.only.insert(try RuleSelection.known(id)) }
        for id in self.skipRule { selection.skipped.insert(try RuleSelection.known(id)) }
        for text in self.ignore { selection.ignored.append(try RuleSelection.Ignored(text)) }
        return selection
    }
}

extension Severity: ExpressibleByArgument {}

extension Profile: ExpressibleByArgument {
    init?(argument: String) {
        self.init(name: argument)
    }
}
