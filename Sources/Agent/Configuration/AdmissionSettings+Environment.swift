import Base
import ContainerChecks
import ContainerWatch

extension AdmissionSettings {
    /// `ADMISSION` and what belongs to it.
    init(_ reader: inout EnvironmentReader, files: HostFiles) {
        self.init()
        self.mode = reader.read(Settings.admission)
        if let path = reader.read(Settings.admissionAccepted) {
            do {
                self.accepted = try Suppressions(try files.contents(path))
            } catch {
                reader.problem(Settings.admissionAccepted, "names '\(path)', which cannot be used: \(error)")
            }
        }
        guard let text = reader.read(Settings.admissionRules) else { return }
        self.rules = []
        for id in text.split(separator: ",").map({ String($0.trimmingBlanks) }) where !id.isEmpty {
            do throws(UnknownRule) {
                self.rules.append(try RuleSelection.known(id))
            } catch {
                reader.problem(Settings.admissionRules, "\(error)")
            }
        }
        if self.rules.isEmpty { reader.problem(Settings.admissionRules, "names no rule; ADMISSION=off asks for none") }
    }
}
