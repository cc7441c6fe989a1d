import JSON

/// What V1 assumes where a user configured nothing (application reference, 5.1).
enum BuiltInDefaults {
    /// Built at each use: a stored one would look like a leak to the address sanitizer, which can't follow the tagged
    /// pointers of a JSONValue.
    static var configuration: JSONValue {
        [
            "trimming": [
                "enable_trimming": true, "audio_detection": true, "silence_threshold": -40.0,
                "min_silence_duration": 2.0, "padding_before": 5.0, "padding_after": 5.0,
            ],
            "transcription": [
                "enable_transcription": true, "provider": "fireworks", "language": "ru", "prompt": "",
                "temperature": 0.0, "granularity": "long", "enable_topics": true, "topic_mode": "long",
                "enable_subtitles": true, "subtitle_formats": ["srt", "vtt"], "enable_translation": false,
                "translation_language": "en",
            ],
            "download": [
                "auto_download": false, "max_file_size_mb": 5000, "quality": "high", "retry_attempts": 3,
                "retry_delay": 5,
            ],
            "upload": [
                "auto_upload": false, "upload_captions": true, "default_platforms": [], "default_preset_ids": [:],
            ],
            "retention": ["soft_delete_days": 3, "hard_delete_days": 30, "auto_expire_days": 90],
        ]
    }
}
