import Base
import ContainerWatch

extension Configuration {
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
