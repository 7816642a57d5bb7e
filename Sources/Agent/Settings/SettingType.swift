/// How the text of a setting becomes a value.
struct SettingType<Value: Sendable>: Sendable {
    let kind: SettingKind
    /// What counts without the variable, in Markdown.
    let fallback: String
    /// By the name of the variable. Text that is refused is a problem of the reader, and the default is taken.
    let read: @Sendable (_ name: String, inout EnvironmentReader) -> Value

    /// Without a default.
    private static var nothing: String { "–" }
}

extension SettingType where Value == String? {
    static var text: Self {
        Self(kind: .text, fallback: self.nothing) { name, reader in reader.string(name) }
    }

    /// As curl reads the variables of proxies.
    static var eitherCase: Self {
        Self(kind: .eitherCase, fallback: self.nothing) { name, reader in reader.eitherCase(name) }
    }
}

extension SettingType where Value == String {
    static func text(_ fallback: String) -> Self {
        Self(kind: .text, fallback: "`\(fallback)`") { name, reader in reader.string(name) ?? fallback }
    }
}

extension SettingType where Value == [String] {
    static var list: Self {
        Self(kind: .list, fallback: self.nothing) { name, reader in reader.list(name) }
    }
}

extension SettingType where Value == Bool {
    /// False unless it is set.
    static var flag: Self {
        Self(kind: .flag, fallback: "`false`") { name, reader in reader.boolean(name, default: false) }
    }
}

extension SettingType where Value == Bool? {
    /// `nil` where the variable is not set, for a default that depends on something else.
    static var optionalFlag: Self {
        Self(kind: .flag, fallback: self.nothing) { name, reader in
            reader.string(name).map { _ in reader.boolean(name, default: false) }
        }
    }
}

extension SettingType where Value == Int {
    /// - Parameter unit: behind the default, as in "`30` s".
    static func number(_ fallback: Int, _ unit: String = "", in range: ClosedRange<Int>) -> Self {
        Self(kind: .number(range), fallback: "`\(fallback)`" + (unit.isEmpty ? "" : " \(unit)")) { name, reader in
            reader.integer(name, default: fallback, in: range)
        }
    }

    /// - Parameter fallback: a whole number of MiB.
    static func bytes(_ fallback: Int, in range: ClosedRange<Int>) -> Self {
        Self(kind: .bytes(range), fallback: "`\(EnvironmentReader.short(fallback))`") { name, reader in
            reader.bytes(name, default: fallback, in: range)
        }
    }
}

extension SettingType where Value == Int? {
    static func optionalNumber(in range: ClosedRange<Int>) -> Self {
        Self(kind: .number(range), fallback: self.nothing) { name, reader in
            reader.string(name).map { _ in reader.integer(name, default: range.lowerBound, in: range) }
        }
    }
}

extension SettingType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// - Parameter synonyms: other words that are accepted.
    static func choice(_ fallback: Value, synonyms: [String: Value] = [:]) -> Self {
        Self(kind: self.kind(synonyms.keys), fallback: "`\(fallback.rawValue)`") { name, reader in
            reader.choice(name, default: fallback, synonyms: synonyms)
        }
    }

    private static func kind(_ synonyms: some Collection<String>) -> SettingKind {
        .choice(Value.allCases.map(\.rawValue), synonyms: synonyms.sorted())
    }
}

extension SettingType {
    /// `nil` where the variable is not set, for a default that depends on something else.
    static func optionalChoice<Word>(_: Word.Type) -> Self
    where Value == Word?, Word: RawRepresentable & CaseIterable & Sendable, Word.RawValue == String {
        Self(kind: .choice(Word.allCases.map(\.rawValue), synonyms: []), fallback: self.nothing) { name, reader in
            guard reader.string(name) != nil, let first = Word.allCases.first else { return nil }
            return reader.choice(name, default: first)
        }
    }
}
