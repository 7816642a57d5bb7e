/// What is wrong with the text of a setting, or with the file that it names.
package struct SettingProblem: Error, Equatable {
    /// Completes the sentence that begins with the variable's name, as in "DRYDOCK_URL has no scheme".
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }
}
