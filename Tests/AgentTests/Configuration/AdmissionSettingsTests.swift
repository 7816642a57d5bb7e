import ContainerChecks
import Testing

@testable import Agent

@Suite struct AdmissionSettingsTests {
    @Test func theUsualRulesExist() {
        var reader = EnvironmentReader([
            "ADMISSION": "deny", "ADMISSION_RULES": Admission.usualRules.joined(separator: " , "),
        ])
        let settings = AdmissionSettings(&reader, files: .real)
        #expect(settings == AdmissionSettings(mode: .deny, rules: Admission.usualRules))
        #expect(reader.problems == [])
    }

    @Test func aWrongSettingIsNamed() {
        var reader = EnvironmentReader(["ADMISSION": "on", "ADMISSION_RULES": "host-networks"])
        _ = AdmissionSettings(&reader, files: .real)
        #expect(reader.problems.contains { $0.contains("ADMISSION is 'on'; it must be one of off, warn, deny") })
        #expect(reader.problems.contains { $0.contains("there is no rule 'host-networks'; is it host-network?") })
    }
}
