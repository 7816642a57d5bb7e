import Base

extension StringProtocol {
    /// For a message about a line or a setting: at most 64 characters, none of them invisible.
    var quoted: String { "'\(Printable.short(String(self), limit: 64))'" }
}
