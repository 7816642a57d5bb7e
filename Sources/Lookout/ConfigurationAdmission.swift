import Auth
import Base
import ContainerWatch
import DockerBridge

/// `ADMISSION` and what belongs to it.
struct AdmissionSettings: Sendable, Equatable {
    var mode = Admission.Mode.off
    var rules = Admission.usualRules
    /// Findings that the operator accepts, by `ADMISSION_ACCEPTED`.
    var accepted: Suppressions?
}

extension Configuration {
    /// How the dispatchers of either mode work.
    func limits(_ trail: AuditTrail?) -> RequestDispatcher.Limits {
        var limits = self.limits
        limits.admission = Admission(
            self.admission,
            links: HostLinks(engine: self.engine, root: self.inventory.host.root),
            trail: trail
        )
        return limits
    }

    static func admission(_ reader: inout EnvironmentReader, files: HostFiles) -> AdmissionSettings {
        var settings = AdmissionSettings()
        settings.mode = reader.choice("ADMISSION", default: .off)
        if let path = reader.string("ADMISSION_ACCEPTED") {
            do {
                settings.accepted = try Suppressions(try files.contents(path))
            } catch {
                reader.problem("ADMISSION_ACCEPTED", "names '\(path)', which cannot be used: \(error)")
            }
        }
        guard let text = reader.string("ADMISSION_RULES") else { return settings }
        settings.rules = []
        for id in text.split(separator: ",").map({ String($0.trimmingBlanks) }) where !id.isEmpty {
            do throws(UnknownRule) {
                settings.rules.append(try RuleSelection.known(id))
            } catch {
                reader.problem("ADMISSION_RULES", "\(error)")
            }
        }
        if settings.rules.isEmpty { reader.problem("ADMISSION_RULES", "names no rule; ADMISSION=off asks for none") }
        return settings
    }
}
