import Auth
import ContainerWatch
import DockerBridge

/// `ADMISSION` and what belongs to it.
struct AdmissionSettings: Sendable, Equatable {
    var mode = Admission.Mode.off
    var rules = Admission.usualRules
}

extension Configuration {
    /// How the dispatchers of either mode work.
    func limits(_ trail: AuditTrail?) -> RequestDispatcher.Limits {
        var limits = self.limits
        limits.admission = Admission(self.admission, trail: trail)
        return limits
    }

    static func admission(_ reader: inout EnvironmentReader) -> AdmissionSettings {
        var settings = AdmissionSettings()
        settings.mode = reader.choice("ADMISSION", default: .off)
        guard let text = reader.string("ADMISSION_RULES") else { return settings }
        settings.rules = []
        for id in text.split(separator: ",").map({ String($0.trimmingSpaces) }) where !id.isEmpty {
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
